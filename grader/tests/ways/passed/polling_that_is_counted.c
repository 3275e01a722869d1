// Two threads look at a flag that nobody sets, and count: in the end they give up.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static struct {
    _Alignas(4096) atomic_int flag;
    volatile int looked[2];
} shared;

static void *look(void *number) {
    volatile int *looked = &shared.looked[(long)number];
    while (!atomic_load(&shared.flag) && *looked < 1500)
        ++*looked;
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, look, (void *)i);
    atomic_fetch_add(&shared.flag, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%d, %d\n", shared.looked[0], shared.looked[1]);
}
