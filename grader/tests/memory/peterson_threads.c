// Peterson's lock around a counter of threads. With -DFENCE it is right on x86-64.
#include <pthread.h>
#include <stdio.h>

#ifdef FENCE
#define fence() __sync_synchronize()
#else
#define fence() __asm__ volatile("" ::: "memory")
#endif

static volatile int wants[2];
static volatile int turn;
static volatile int counter;

static void *work(void *which) {
    int me = (int)(long)which, other = 1 - me;
    wants[me] = 1;
    turn = other;
    fence();
    while (wants[other] && turn == other) {
    }
    int seen = counter;
    counter = seen + 1;
    wants[me] = 0;
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (long me = 0; me < 2; me++)
        pthread_create(&threads[me], NULL, work, (void *)me);
    for (int me = 0; me < 2; me++)
        pthread_join(threads[me], NULL);
    printf("counter: %d\n", counter);
    return 0;
}
