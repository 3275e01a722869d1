// Reference counts: the last who lets go frees, and nobody else.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct object {
    atomic_int references;
    int freed;
};

static struct object object = {.references = 2};
static atomic_int frees;

static void release(struct object *o) {
#ifdef RIGHT
    if (atomic_fetch_sub(&o->references, 1) == 1)
        atomic_fetch_add(&frees, 1);
#else
    atomic_fetch_sub(&o->references, 1);
    if (atomic_load(&o->references) == 0)
        atomic_fetch_add(&frees, 1);
#endif
}

static void *user(void *arg) {
    release(arg);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, user, &object);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("freed %d time\n", frees);
}
