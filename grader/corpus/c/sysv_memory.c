// A System V segment, with a System V semaphore or without.
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int segment = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
    int lock = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    struct sembuf up = {0, 1, SEM_UNDO}, down = {0, -1, SEM_UNDO};
    struct sembuf open = {0, 1, 0};
    semop(lock, &open, 1);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            // each attaches it by itself
            int *sum = shmat(segment, NULL, 0);
#ifdef RIGHT
            semop(lock, &down, 1);
#else
            (void)down;
            (void)up;
#endif
            for (int k = 1; k <= 2; k++)
                sum[7] += k;
#ifdef RIGHT
            semop(lock, &up, 1);
#endif
            shmdt(sum);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    int *sum = shmat(segment, NULL, SHM_RDONLY);
    printf("sum %d\n", sum[7]);
    shmdt(sum);
    shmctl(segment, IPC_RMID, NULL);
    semctl(lock, 0, IPC_RMID);
    return 0;
}
