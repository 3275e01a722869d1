// A semaphore that lets two in is no lock.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RIGHT
enum { AT_ONCE = 1 };
#else
enum { AT_ONCE = 2 };
#endif

struct shared {
    sem_t gate;
    unsigned short count;
};

int main(void) {
    struct shared *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->gate, 1, AT_ONCE);
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            sem_wait(&s->gate);
            s->count++;
            sem_post(&s->gate);
            _exit(0);
        }
    }
    for (int i = 0; i < 3; i++) {
        waitpid(children[i], NULL, 0);
    }
    printf("count %u\n", s->count);
    return 0;
}
