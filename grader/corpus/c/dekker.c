// Dekker's algorithm: who is not in turn steps back, or who is in turn pushes in.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int wants[2], turn;
static int total;

static void lock(int me) {
    int other = 1 - me;
    atomic_store(&wants[me], 1);
    while (atomic_load(&wants[other])) {
        if (atomic_load(&turn) == me) {
#ifdef RIGHT
            continue;
#else
            break;
#endif
        }
        atomic_store(&wants[me], 0);
        while (atomic_load(&turn) != me)
            ;
        atomic_store(&wants[me], 1);
    }
}

static void unlock(int me) {
    atomic_store(&turn, 1 - me);
    atomic_store(&wants[me], 0);
}

static void *work(void *argument) {
    int me = *(int *)argument;
    lock(me);
    total = total + 1;
    unlock(me);
    return 0;
}

int main(void) {
    pthread_t threads[2];
    int names[2] = {0, 1};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], 0, work, &names[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
    printf("total %d\n", total);
}
