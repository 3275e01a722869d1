// Answers on one System V queue: each client takes its own kind.
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    long type;
    int value;
};

int main(void) {
    int queue = msgget(IPC_PRIVATE, 0600);
    if (queue < 0)
        return 1;
    for (int client = 1; client <= 2; client++) {
        if (fork() == 0) {
            struct message answer;
#ifdef RIGHT
            long type = client;
#else
            long type = 0;
#endif
            if (msgrcv(queue, &answer, sizeof answer.value, type, 0) < 0)
                _exit(0);
            _exit(answer.value == client * 11);
        }
    }
    for (int client = 1; client <= 2; client++) {
        struct message answer = {client, client * 11};
        msgsnd(queue, &answer, sizeof answer.value, 0);
    }
    int status, right = 0;
    while (wait(&status) > 0)
        right += WEXITSTATUS(status);
    msgctl(queue, IPC_RMID, NULL);
    printf("%d got their own\n", right);
    return 0;
}
