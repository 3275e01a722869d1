// Three threads in a fixed order by luck only: the last relies on what the first two did.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t grown = PTHREAD_COND_INITIALIZER;
static int data, seen;

static void *add(void *by) {
    pthread_mutex_lock(&lock);
    data += *(int *)by;
    pthread_cond_broadcast(&grown);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *use(void *arg) {
    pthread_mutex_lock(&lock);
#ifdef RIGHT
    while (data < 3)
        pthread_cond_wait(&grown, &lock);
#endif
    seen = data;
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void) {
    int one = 1, two = 2;
    pthread_t threads[3];
    pthread_create(&threads[0], NULL, add, &one);
    pthread_create(&threads[1], NULL, add, &two);
    pthread_create(&threads[2], NULL, use, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("seen %d\n", seen);
}
