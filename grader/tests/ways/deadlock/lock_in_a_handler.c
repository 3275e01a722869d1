// Wrong: a handler takes the lock that the code it interrupts may hold.
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
    sem_t lock;
    int count;
} *shared;

static void add(int by) {
    sem_wait(&shared->lock);
    shared->count += by;
    sem_post(&shared->lock);
}

static void handle(int signal) {
    add(10);
}

int main(void) {
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&shared->lock, 1, 1);
    struct sigaction action = {.sa_handler = handle};
    sigaction(SIGUSR1, &action, 0);
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    add(1);
    while (wait(0) < 0 && errno == EINTR)
        continue;
    printf("%d\n", shared->count);
}
