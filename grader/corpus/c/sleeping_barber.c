// The sleeping barber has one chair for those who wait: look and sit down are one step.
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHAIRS = 1, CUSTOMERS = 2 };

struct shop {
    pthread_mutex_t door;
    int waiting;
    int most;
};

static void customer(struct shop *shop) {
#ifdef RIGHT
    pthread_mutex_lock(&shop->door);
#endif
    if (__atomic_load_n(&shop->waiting, __ATOMIC_SEQ_CST) < CHAIRS) {
        int now = __atomic_add_fetch(&shop->waiting, 1, __ATOMIC_SEQ_CST);
        if (now > __atomic_load_n(&shop->most, __ATOMIC_SEQ_CST))
            __atomic_store_n(&shop->most, now, __ATOMIC_SEQ_CST);
    }
#ifdef RIGHT
    pthread_mutex_unlock(&shop->door);
#endif
}

int main(void) {
    struct shop *shop = mmap(0, sizeof *shop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shop->door, &attr);
    for (int i = 0; i < CUSTOMERS; i++)
        if (fork() == 0) {
            customer(shop);
            _exit(0);
        }
    for (int i = 0; i < CUSTOMERS; i++)
        wait(NULL);
    printf("at most %d waited\n", shop->most);
}
