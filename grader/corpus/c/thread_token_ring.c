// Each passes on the next number, if it is its turn.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum { RING = 3 };

static volatile int token[RING + 1];

static void *pass(void *arg) {
    long me = (long)arg;
#ifdef RIGHT
    while (token[me] == 0)
        sched_yield();
#endif
    token[me + 1] = token[me] + 1;
    return NULL;
}

int main(void) {
    pthread_t threads[RING];
    token[0] = 1;
    for (long i = 0; i < RING; i++)
        pthread_create(&threads[i], NULL, pass, (void *)i);
    for (int i = 0; i < RING; i++)
        pthread_join(threads[i], NULL);
    printf("token %d\n", token[RING]);
    return 0;
}
