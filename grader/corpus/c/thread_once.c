// Made once, by whoever comes first.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int *table;
static int made;
#ifdef RIGHT
static pthread_once_t once = PTHREAD_ONCE_INIT;
#endif

static void make(void) {
    table = calloc(4, sizeof *table);
    __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
}

static void *use(void *arg) {
#ifdef RIGHT
    pthread_once(&once, make);
#else
    if (table == NULL)
        make();
#endif
    __atomic_fetch_add(&table[1], 1, __ATOMIC_RELAXED);
    return arg;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, use, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("made %d, used %d\n", made, table[1]);
}
