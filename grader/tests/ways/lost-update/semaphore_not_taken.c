// A System V semaphore is made, and not taken.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>
struct m {
    long t;
    char x[8];
};
int main() {
    int s = semget(1234, 1, IPC_CREAT | 0600);
    semctl(s, 0, SETVAL, 1);
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    int *p = shmat(id, 0, 0);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            int q = semget(1234, 1, 0);
            struct sembuf b = {0, -1, SEM_UNDO};
            int v = *p;
            *p = v + 1;
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    printf("%d %d\n", *p, semctl(s, 0, GETVAL));
    struct sembuf b = {0, -2, 0};
    struct timespec t = {1, 0};
    int r = semtimedop(s, &b, 1, &t);
    printf("%d %d\n", r, errno == EAGAIN);
    int q = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (!fork()) {
        struct m m = {2, "two"};
        msgsnd(q, &m, 8, 0);
        m.t = 1;
        strcpy(m.x, "one");
        msgsnd(q, &m, 8, 0);
        _exit(0);
    }
    struct m m;
    msgrcv(q, &m, 8, 1, 0);
    printf("%s\n", m.x);
    msgrcv(q, &m, 8, 0, 0);
    printf("%s\n", m.x);
    wait(0);
    msgctl(q, IPC_RMID, 0);
    shmctl(id, IPC_RMID, 0);
    semctl(s, 0, IPC_RMID);
    return 0;
}
