// WORKERS processes each add 1 INCREMENTS times, with a spin lock or without.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_spinlock_t lock;
    int count;
};

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: counter_of_many WORKERS INCREMENTS\n");
        return 2;
    }
    int workers = atoi(argv[1]), increments = atoi(argv[2]);
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_spin_init(&s->lock, PTHREAD_PROCESS_SHARED);
    for (int w = 0; w < workers; w++) {
        if (fork() == 0) {
            for (int i = 0; i < increments; i++) {
#ifdef RIGHT
                pthread_spin_lock(&s->lock);
#endif
                s->count++;
#ifdef RIGHT
                pthread_spin_unlock(&s->lock);
#endif
            }
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    printf("%d\n", s->count);
    return 0;
}
