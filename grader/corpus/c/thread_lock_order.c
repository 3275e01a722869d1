// Two threads, two locks, two orders.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static int done;

static void *both(void *swapped) {
#ifdef RIGHT
    swapped = NULL;
#endif
    pthread_mutex_lock(swapped ? &b : &a);
    pthread_mutex_lock(swapped ? &a : &b);
    done++;
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return NULL;
}

int main(void) {
    pthread_t one, two;
    pthread_create(&one, NULL, both, NULL);
    pthread_create(&two, NULL, both, &done);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    printf("done %d\n", done);
}
