// Who dies with a lock leaves it locked, unless it is a robust one.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pthread_mutex_t *lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
#ifdef RIGHT
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
#endif
    pthread_mutex_init(lock, &attr);
    if (fork() == 0) {
        pthread_mutex_lock(lock);
        _exit(0);
    }
    if (fork() == 0) {
        if (pthread_mutex_lock(lock) == EOWNERDEAD)
            pthread_mutex_consistent(lock);
        pthread_mutex_unlock(lock);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    puts("done");
    return 0;
}
