// Two threads look at a flag that nobody puts up.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int flag;

static void *look(void *unused) {
    while (!atomic_load(&flag))
        ;
    return unused;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, look, NULL);
    atomic_fetch_add(&flag, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
