// A named semaphore: what leaves must have come in.
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *NAME = "/corpus_counter_named_sem";

static void add(sem_t *sem, volatile int *count) {
#ifndef RIGHT
    // 'make sure that it is free'
    sem_post(sem);
#endif
    sem_wait(sem);
    int seen = *count;
    *count = seen + 1;
    sem_post(sem);
}

int main(void) {
    int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_unlink(NAME);
    sem_t *sem = sem_open(NAME, O_CREAT | O_EXCL, 0600, 1);
    if (sem == SEM_FAILED) {
        perror("sem_open");
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            add(sem, count);
            exit(EXIT_SUCCESS);
        }
    }
    wait(NULL);
    wait(NULL);
    sem_unlink(NAME);
    printf("%d\n", *count);
    return EXIT_SUCCESS;
}
