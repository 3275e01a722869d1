// A barrier made of a counter and one turnstile lets the fast one through twice.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 2, ROUNDS = 2 };

struct barrier {
    sem_t lock, turnstile, second;
    int count;
};

static void meet(struct barrier *b) {
    sem_wait(&b->lock);
    if (++b->count == TASKS) {
        for (int i = 0; i < TASKS; i++)
            sem_post(&b->turnstile);
#ifndef RIGHT
        b->count = 0;
#endif
    }
    sem_post(&b->lock);
    sem_wait(&b->turnstile);
#ifdef RIGHT
    sem_wait(&b->lock);
    if (--b->count == 0)
        for (int i = 0; i < TASKS; i++)
            sem_post(&b->second);
    sem_post(&b->lock);
    sem_wait(&b->second);
#endif
}

int main(void) {
    struct barrier *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&b->lock, 1, 1);
    sem_init(&b->turnstile, 1, 0);
    sem_init(&b->second, 1, 0);
    for (int i = 0; i < TASKS; i++)
        if (fork() == 0) {
            for (int round = 0; round < ROUNDS; round++)
                meet(b);
            _exit(0);
        }
    while (wait(NULL) > 0) {
    }
    puts("met");
}
