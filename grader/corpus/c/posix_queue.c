// A POSIX message queue: a consumer takes as many as there are.
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ITEMS = 3 };

int main(void) {
    const char *name = "/corpus_posix_queue";
    struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = sizeof(int)};
    mq_unlink(name);
    mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        perror("mq_open");
        return 1;
    }
    mq_unlink(name);
    if (fork() == 0) {
        for (int i = 1; i <= ITEMS; i++)
            mq_send(queue, (char *)&i, sizeof i, 0);
        exit(0);
    }
    int sum = 0;
#ifdef RIGHT
    for (int i = 0; i < ITEMS; i++) {
#else
    for (int i = 0; i <= ITEMS; i++) {
#endif
        int item = 0;
        if (mq_receive(queue, (char *)&item, sizeof item, NULL) < 0)
            return 1;
        sum += item;
    }
    wait(NULL);
    printf("sum %d\n", sum);
    return 0;
}
