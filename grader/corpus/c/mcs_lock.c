// Mellor-Crummey and Scott's lock: each waits on a word of its own. Whoever leaves last takes the
// queue's end away in one step, or looks first and then takes it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct node {
    _Atomic(struct node *) next;
    atomic_int waits;
};

static _Atomic(struct node *) last;
static int total;

static void lock(struct node *own) {
    atomic_store(&own->next, 0);
    atomic_store(&own->waits, 1);
    struct node *before = atomic_exchange(&last, own);
    if (before) {
        atomic_store(&before->next, own);
        while (atomic_load(&own->waits))
            ;
    }
}

static void unlock(struct node *own) {
    if (!atomic_load(&own->next)) {
#ifdef RIGHT
        struct node *expected = own;
        if (atomic_compare_exchange_strong(&last, &expected, (struct node *)0))
            return;
#else
        if (atomic_load(&last) == own) {
            atomic_store(&last, (struct node *)0);
            return;
        }
#endif
        while (!atomic_load(&own->next))
            ;
    }
    atomic_store(&atomic_load(&own->next)->waits, 0);
}

static void *work(void *argument) {
    struct node own;
    lock(&own);
    total = total + 1;
    unlock(&own);
    return argument;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], 0, work, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
    printf("total %d\n", total);
}
