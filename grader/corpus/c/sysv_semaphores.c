// Two System V semaphores taken in one call, or one after the other.
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

static void change(int set, int first, int second, int by) {
    struct sembuf both[2] = {{first, by, 0}, {second, by, 0}};
#ifdef RIGHT
    semop(set, both, 2);
#else
    semop(set, &both[0], 1);
    semop(set, &both[1], 1);
#endif
}

int main(void) {
    int set = semget(IPC_PRIVATE, 2, 0600 | IPC_CREAT);
    struct sembuf open[2] = {{0, 1, 0}, {1, 1, 0}};
    semop(set, open, 2);
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            change(set, i, 1 - i, -1);
            change(set, i, 1 - i, 1);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    semctl(set, 0, IPC_RMID);
    puts("both had both");
    return 0;
}
