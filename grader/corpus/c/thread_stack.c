// A stack on the heap: whether it is empty, and taking from it, are one step.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct stack {
    pthread_mutex_t lock;
    int used;
    int items[4];
};

static int is_empty(struct stack *s) {
    pthread_mutex_lock(&s->lock);
    int empty = s->used == 0;
    pthread_mutex_unlock(&s->lock);
    return empty;
}

static int pop(struct stack *s) {
    pthread_mutex_lock(&s->lock);
#ifdef RIGHT
    if (s->used == 0) {
        pthread_mutex_unlock(&s->lock);
        return 0;
    }
#endif
    if (s->used == 0)
        abort();
    int item = s->items[--s->used];
    pthread_mutex_unlock(&s->lock);
    return item;
}

static void *taker(void *arg) {
    struct stack *s = arg;
    if (!is_empty(s))
        pop(s);
    return NULL;
}

int main(void) {
    struct stack *s = calloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->items[s->used++] = 9;
    pthread_t takers[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&takers[i], NULL, taker, s);
    for (int i = 0; i < 2; i++)
        pthread_join(takers[i], NULL);
    printf("left %d\n", s->used);
    free(s);
}
