// An argument on the creator's stack, which goes on changing.
#include <pthread.h>
#include <stdio.h>

static int got[2];

static void *note(void *arg) {
    int number = *(int *)arg;
    __atomic_fetch_add(&got[number % 2], 1, __ATOMIC_RELAXED);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    int number[2];
    for (int i = 0; i < 2; i++) {
#ifdef RIGHT
        number[i] = i;
        pthread_create(&threads[i], NULL, note, &number[i]);
#else
        number[0] = i;
        pthread_create(&threads[i], NULL, note, &number[0]);
#endif
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d\n", got[0], got[1]);
    return 0;
}
