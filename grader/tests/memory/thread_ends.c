// Threads that store, and then use the allocator, the stack, a lock, or end: whoever knows of
// that knows of the stores.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int flags[2], seen[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int guarded;

static void *work(void *which) {
    int me = (int)(long)which;
    flags[me] = 1;
    char *memory = malloc(100);
    memset(memory, me, 100);
    free(memory);
    pthread_mutex_lock(&lock);
    guarded += flags[me];
    pthread_mutex_unlock(&lock);
    seen[me] = flags[1 - me] ? 1 : 2;
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (long me = 0; me < 2; me++)
        pthread_create(&threads[me], NULL, work, (void *)me);
    for (int me = 0; me < 2; me++)
        pthread_join(threads[me], NULL);
    // the one that came second to the lock has seen the other
    printf("guarded: %d, seen: %d\n", guarded, seen[0] == 1 || seen[1] == 1);
    return 0;
}
