// A bounded buffer: who waits for room must not hold the lock meanwhile.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct buffer {
    sem_t empty, full, mutex;
    int items[1];
    int used;
};

static void put(struct buffer *b, int item) {
#ifdef RIGHT
    sem_wait(&b->empty);
    sem_wait(&b->mutex);
#else
    sem_wait(&b->mutex);
    sem_wait(&b->empty);
#endif
    b->items[b->used++] = item;
    sem_post(&b->mutex);
    sem_post(&b->full);
}

static int get(struct buffer *b) {
    sem_wait(&b->full);
    sem_wait(&b->mutex);
    int item = b->items[--b->used];
    sem_post(&b->mutex);
    sem_post(&b->empty);
    return item;
}

int main(void) {
    struct buffer *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&b->empty, 1, 1);
    sem_init(&b->full, 1, 0);
    sem_init(&b->mutex, 1, 1);
    pid_t producer = fork();
    if (producer == 0) {
        for (int i = 1; i <= 3; i++)
            put(b, i);
        _exit(0);
    }
    int sum = 0;
    for (int i = 0; i < 3; i++)
        sum += get(b);
    waitpid(producer, NULL, 0);
    printf("sum %d\n", sum);
    return 0;
}
