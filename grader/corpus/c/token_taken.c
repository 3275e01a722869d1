// A worker puts a token into a System V semaphore and takes it back; a helper waits for a token of
// its own until it is ended. Wrong: both take from the same semaphore, and the helper can be first.

#include <signal.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RIGHT
enum { HELPERS = 1 };
#else
enum { HELPERS = 0 };
#endif

static int semaphores;

static void change(unsigned short which, short by) {
    struct sembuf operation = {which, by, 0};
    if (semop(semaphores, &operation, 1) != 0) {
        _exit(3);
    }
}

static void help(int told) {
    if (write(told, "r", 1) != 1) {
        _exit(3);
    }
    change(HELPERS, -1);
    pause();
    _exit(0);
}

int main(void) {
    int told[2];
    semaphores = semget(IPC_PRIVATE, 2, 0600);
    if (semaphores < 0 || pipe(told) != 0) {
        return 2;
    }
    pid_t helper = fork();
    if (helper == 0) {
        help(told[1]);
    }
    char ready;
    if (read(told[0], &ready, 1) != 1) {
        return 2;
    }
    pid_t worker = fork();
    if (worker == 0) {
        change(0, 1);
        change(0, -1);
        _exit(0);
    }
    int status = 0;
    waitpid(worker, &status, 0);
    kill(helper, SIGKILL);
    waitpid(helper, NULL, 0);
    semctl(semaphores, 0, IPC_RMID);
    puts(status == 0 ? "taken back" : "failed");
    return 0;
}
