// A list in shared memory, with indexes for pointers: pushing at its head.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    short next;
    char name[13];
} Node;

typedef struct {
    pthread_spinlock_t lock;
    short head;
    Node nodes[8];
} List;

static void push(List *list, short index, const char *name) {
    Node *node = &list->nodes[index];
    snprintf(node->name, sizeof node->name, "%s", name);
#ifdef RIGHT
    pthread_spin_lock(&list->lock);
#endif
    node->next = list->head;
    list->head = index;
#ifdef RIGHT
    pthread_spin_unlock(&list->lock);
#endif
}

int main(void) {
    List *list = mmap(NULL, sizeof *list, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_spin_init(&list->lock, PTHREAD_PROCESS_SHARED);
    const char *names[] = {"", "ana", "eva"};
    for (short i = 1; i <= 2; i++)
        if (fork() == 0) {
            push(list, i, names[i]);
            exit(0);
        }
    while (wait(NULL) > 0)
        ;
    int length = 0;
    for (short i = list->head; i != 0; i = list->nodes[i].next)
        length++;
    printf("%d nodes\n", length);
    return 0;
}
