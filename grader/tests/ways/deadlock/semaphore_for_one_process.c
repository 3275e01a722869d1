// Wrong: a semaphore in shared memory that was made for the threads of one process. Whoever sleeps
// in it is not woken by another process.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
    sem_t lock;
    int count;
} *shared;

int main(void) {
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&shared->lock, 0, 1);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            sem_wait(&shared->lock);
            shared->count++;
            sem_post(&shared->lock);
            _exit(0);
        }
    while (wait(0) > 0)
        continue;
    printf("%d\n", shared->count);
}
