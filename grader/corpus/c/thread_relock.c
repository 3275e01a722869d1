// A function that locks, called with the lock held.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock;
static int log_lines;

static void log_line(void) {
    pthread_mutex_lock(&lock);
    log_lines++;
    pthread_mutex_unlock(&lock);
}

static void *work(void *arg) {
    pthread_mutex_lock(&lock);
    log_line();
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
#ifdef RIGHT
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
#endif
    pthread_mutex_init(&lock, &attr);
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    log_line();
    pthread_join(thread, NULL);
    printf("%d lines\n", log_lines);
    return 0;
}
