// Readers and writers: the number of readers is itself shared.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t room, count_lock;
    int readers;
    int value;
};

static void reader(struct shared *s) {
#ifdef RIGHT
    sem_wait(&s->count_lock);
#endif
    s->readers++;
    if (s->readers == 1)
        sem_wait(&s->room);
#ifdef RIGHT
    sem_post(&s->count_lock);
#endif
    int seen = s->value;
    (void)seen;
#ifdef RIGHT
    sem_wait(&s->count_lock);
#endif
    s->readers--;
    if (s->readers == 0)
        sem_post(&s->room);
#ifdef RIGHT
    sem_post(&s->count_lock);
#endif
}

static void writer(struct shared *s) {
    sem_wait(&s->room);
    s->value++;
    sem_post(&s->room);
}

int main(void) {
    struct shared *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->room, 1, 1);
    sem_init(&s->count_lock, 1, 1);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            if (i == 2)
                writer(s);
            else
                reader(s);
            _exit(0);
        }
    }
    while (wait(0) > 0)
        ;
    printf("value %d\n", s->value);
}
