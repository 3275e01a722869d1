// A struct is copied in pieces, however it looks in the source.
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct vector {
    double x, y, z, w;
};

struct shared {
    sem_t lock;
    struct vector vector;
    int torn;
};

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->lock, 1, 1);
    struct vector ones = {1, 1, 1, 1};
    if (fork() == 0) {
#ifdef RIGHT
        sem_wait(&s->lock);
#endif
        s->vector = ones;
#ifdef RIGHT
        sem_post(&s->lock);
#endif
        _exit(0);
    }
    if (fork() == 0) {
        struct vector seen;
#ifdef RIGHT
        sem_wait(&s->lock);
#endif
        memcpy(&seen, &s->vector, sizeof seen);
#ifdef RIGHT
        sem_post(&s->lock);
#endif
        s->torn = seen.x != seen.w || seen.y != seen.z || seen.x != seen.y;
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    puts(s->torn ? "torn" : "whole");
    return 0;
}
