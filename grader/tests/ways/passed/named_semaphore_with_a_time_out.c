// A named semaphore, waited for in vain for a second, then posted by another process.
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main() {
    sem_t *s = sem_open("/s", O_CREAT | O_EXCL, 0600, 0);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 1;
    int r = sem_timedwait(s, &t);
    printf("%d %d\n", r, errno == ETIMEDOUT);
    if (!fork()) {
        sem_t *q = sem_open("/s", 0);
        sem_post(q);
        _exit(0);
    }
    sem_wait(s);
    wait(0);
    sem_unlink("/s");
    puts("ok");
    return 0;
}
