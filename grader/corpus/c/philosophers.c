// Dining philosophers, with a semaphore for each fork.
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int seats = argc > 1 ? atoi(argv[1]) : 3;
    sem_t *forks = mmap(NULL, seats * sizeof *forks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < seats; i++)
        sem_init(&forks[i], 1, 1);
    for (int i = 0; i < seats; i++) {
        if (fork() == 0) {
            int left = i, right = (i + 1) % seats;
#ifdef RIGHT
            if (i == seats - 1) {
                left = 0;
                right = i;
            }
#endif
            sem_wait(&forks[left]);
            sem_wait(&forks[right]);
            sem_post(&forks[right]);
            sem_post(&forks[left]);
            _exit(0);
        }
    }
    int fed = 0;
    while (wait(NULL) > 0)
        fed++;
    printf("%d have eaten\n", fed);
}
