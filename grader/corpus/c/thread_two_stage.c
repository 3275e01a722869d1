// Two values, each set under its own lock: a reader between the two stages sees half.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER, second_lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;
static const char *seen = "together";

static void *writer(void *arg) {
    pthread_mutex_lock(&first_lock);
    first = 1;
#ifndef RIGHT
    pthread_mutex_unlock(&first_lock);
#endif
    pthread_mutex_lock(&second_lock);
    second = first + 1;
    pthread_mutex_unlock(&second_lock);
#ifdef RIGHT
    pthread_mutex_unlock(&first_lock);
#endif
    return arg;
}

static void *reader(void *arg) {
    pthread_mutex_lock(&first_lock);
    int one = first;
    pthread_mutex_lock(&second_lock);
    int two = second;
    pthread_mutex_unlock(&second_lock);
    pthread_mutex_unlock(&first_lock);
    if (one != 0 && two != one + 1)
        seen = "apart";
    return arg;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, writer, NULL);
    pthread_create(&threads[1], NULL, reader, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts(seen);
}
