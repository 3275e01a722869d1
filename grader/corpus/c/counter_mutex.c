// A mutex serves several processes only where all of them see the same one.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct account {
    pthread_mutex_t lock;
    long balance;
};

int main(void) {
    struct account *account = mmap(NULL, sizeof *account, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
#ifdef RIGHT
    pthread_mutex_t *lock = &account->lock;
#else
    // each process gets its own copy of this one
    pthread_mutex_t *lock = malloc(sizeof *lock);
#endif
    pthread_mutex_init(lock, &shared);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 2; i++) {
                pthread_mutex_lock(lock);
                account->balance += 10;
                pthread_mutex_unlock(lock);
            }
            exit(0);
        }
    }
    for (int child = 0; child < 2; child++) {
        wait(NULL);
    }
    printf("balance %ld\n", account->balance);
}
