// A robust lock is taken over from a holder that was killed.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
struct s {
    pthread_mutex_t m;
    int n;
};
int main() {
    struct s *s = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setpshared(&a, 1);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->m, &a);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            if (pthread_mutex_lock(&s->m) == EOWNERDEAD)
                pthread_mutex_consistent(&s->m);
            s->n++;
            pthread_mutex_unlock(&s->m);
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    printf("%d\n", s->n);
    return 0;
}
