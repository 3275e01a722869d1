// Each account has its lock; a sum over both needs both.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct bank {
    sem_t lock[2];
    int balance[2];
    int audited;
};

int main(void) {
    struct bank *bank = mmap(NULL, sizeof *bank, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++) {
        sem_init(&bank->lock[i], 1, 1);
        bank->balance[i] = 50;
    }
    if (fork() == 0) {
        sem_wait(&bank->lock[0]);
        sem_wait(&bank->lock[1]);
        bank->balance[0] -= 20;
        bank->balance[1] += 20;
        sem_post(&bank->lock[1]);
        sem_post(&bank->lock[0]);
        _exit(0);
    }
    if (fork() == 0) {
        int sum = 0;
#ifdef RIGHT
        sem_wait(&bank->lock[0]);
        sem_wait(&bank->lock[1]);
        sum = bank->balance[0] + bank->balance[1];
        sem_post(&bank->lock[1]);
        sem_post(&bank->lock[0]);
#else
        for (int i = 0; i < 2; i++) {
            sem_wait(&bank->lock[i]);
            sum += bank->balance[i];
            sem_post(&bank->lock[i]);
        }
#endif
        bank->audited = sum;
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    printf("audited %d\n", bank->audited);
    return 0;
}
