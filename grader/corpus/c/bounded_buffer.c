// A bounded buffer with counting semaphores; two producers share the place to put at.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 2, PRODUCERS = 2 };

struct buffer {
    sem_t empty, full, mutex;
    int slot[SLOTS];
    int put, take;
};

static void produce(struct buffer *b, int item) {
    sem_wait(&b->empty);
#ifdef RIGHT
    sem_wait(&b->mutex);
#endif
    b->slot[b->put] = item;
    b->put = (b->put + 1) % SLOTS;
#ifdef RIGHT
    sem_post(&b->mutex);
#endif
    sem_post(&b->full);
}

static int consume(struct buffer *b) {
    sem_wait(&b->full);
    int item = b->slot[b->take];
    b->take = (b->take + 1) % SLOTS;
    sem_post(&b->empty);
    return item;
}

int main(void) {
    struct buffer *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&b->empty, 1, SLOTS);
    sem_init(&b->full, 1, 0);
    sem_init(&b->mutex, 1, 1);
    for (int p = 1; p <= PRODUCERS; p++) {
        if (fork() == 0) {
            produce(b, p * 10);
            _exit(0);
        }
    }
    int sum = 0;
    for (int i = 0; i < PRODUCERS; i++)
        sum += consume(b);
    while (wait(NULL) > 0)
        ;
    printf("sum %d\n", sum);
    return 0;
}
