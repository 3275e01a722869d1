// Two wait for one event: a signal wakes one of them.
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
};

static struct gate *new_gate(void) {
    struct gate *gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mattr;
    pthread_condattr_t cattr;
    pthread_mutexattr_init(&mattr);
    pthread_mutexattr_setpshared(&mattr, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&cattr);
    pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&gate->lock, &mattr);
    pthread_cond_init(&gate->opened, &cattr);
    return gate;
}

int main(void) {
    struct gate *gate = new_gate();
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            pthread_mutex_lock(&gate->lock);
            while (!gate->open)
                pthread_cond_wait(&gate->opened, &gate->lock);
            pthread_mutex_unlock(&gate->lock);
            exit(0);
        }
    }
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
#ifdef RIGHT
    pthread_cond_broadcast(&gate->opened);
#else
    pthread_cond_signal(&gate->opened);
#endif
    pthread_mutex_unlock(&gate->lock);
    wait(NULL);
    wait(NULL);
    printf("both through\n");
}
