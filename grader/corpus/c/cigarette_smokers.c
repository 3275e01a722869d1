// The cigarette smokers: who takes one thing and waits for the other may wait for ever.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOBACCO, PAPER, MATCHES };

struct table {
    sem_t thing[3];
    sem_t smoker[3];
    sem_t smoked;
};

// Who owns `has` needs the two others; the agent puts down those, for one smoker a round.
static void smoke(struct table *t, int has) {
#ifdef RIGHT
    sem_wait(&t->smoker[has]);
#else
    sem_wait(&t->thing[(has + 1) % 3]);
    sem_wait(&t->thing[(has + 2) % 3]);
#endif
    sem_post(&t->smoked);
}

int main(void) {
    struct table *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 3; i++) {
        sem_init(&t->thing[i], 1, 0);
        sem_init(&t->smoker[i], 1, 0);
    }
    sem_init(&t->smoked, 1, 0);
    for (int has = TOBACCO; has <= MATCHES; has++) {
        if (fork() == 0) {
            smoke(t, has);
            _exit(0);
        }
    }
    for (int round = TOBACCO; round <= MATCHES; round++) {
#ifdef RIGHT
        sem_post(&t->smoker[round]);
#else
        sem_post(&t->thing[(round + 1) % 3]);
        sem_post(&t->thing[(round + 2) % 3]);
#endif
        sem_wait(&t->smoked);
    }
    while (wait(NULL) > 0)
        ;
    puts("all have smoked");
    return 0;
}
