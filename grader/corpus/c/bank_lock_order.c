// Transfers in both directions: two locks in one order, or a circle.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct account {
    pthread_mutex_t lock;
    int id;
    int balance;
};

static void transfer(struct account *from, struct account *to, int amount) {
    struct account *first = from, *second = to;
#ifdef RIGHT
    if (second->id < first->id) {
        first = to;
        second = from;
    }
#endif
    pthread_mutex_lock(&first->lock);
    pthread_mutex_lock(&second->lock);
    from->balance -= amount;
    to->balance += amount;
    pthread_mutex_unlock(&second->lock);
    pthread_mutex_unlock(&first->lock);
}

int main(void) {
    struct account *bank = mmap(NULL, 2 * sizeof *bank, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&bank[i].lock, &attr);
        bank[i].id = i;
        bank[i].balance = 100;
    }
    if (fork() == 0) {
        transfer(&bank[0], &bank[1], 30);
        _exit(0);
    }
    if (fork() == 0) {
        transfer(&bank[1], &bank[0], 50);
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    printf("%d %d\n", bank[0].balance, bank[1].balance);
    return 0;
}
