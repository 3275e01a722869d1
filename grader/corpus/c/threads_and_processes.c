// Two processes of two threads each count in one mapping.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t lock;
    int count;
};

static struct shared *s;

static void *add(void *arg) {
#ifdef RIGHT
    pthread_mutex_lock(&s->lock);
    s->count++;
    pthread_mutex_unlock(&s->lock);
#else
    // threads take turns here by joining; processes do not
    s->count++;
#endif
    return arg;
}

int main(void) {
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->lock, &attr);
    for (int p = 0; p < 2; p++)
        if (fork() == 0) {
            for (int t = 0; t < 2; t++) {
                pthread_t thread;
                pthread_create(&thread, NULL, add, NULL);
                pthread_join(thread, NULL);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("count %d\n", s->count);
    return 0;
}
