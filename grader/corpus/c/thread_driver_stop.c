// A driver that is stopped while a request is in flight.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct device {
    atomic_int pending;
    atomic_bool stopping, stopped;
    atomic_int used_after_stop;
};

static struct device device = {.pending = 1};

static void leave(struct device *d) {
    if (atomic_fetch_sub(&d->pending, 1) == 1)
        atomic_store(&d->stopped, 1);
}

static void *request(void *arg) {
    struct device *d = arg;
#ifdef RIGHT
    atomic_fetch_add(&d->pending, 1);
    if (atomic_load(&d->stopping)) {
        leave(d);
        return NULL;
    }
#else
    // looks first, and is counted afterwards
    if (atomic_load(&d->stopping))
        return NULL;
    atomic_fetch_add(&d->pending, 1);
#endif
    if (atomic_load(&d->stopped))
        atomic_fetch_add(&d->used_after_stop, 1);
    leave(d);
    return NULL;
}

static void *stop(void *arg) {
    struct device *d = arg;
    atomic_store(&d->stopping, 1);
    leave(d);
    return NULL;
}

int main(void) {
    pthread_t user, stopper;
    pthread_create(&user, NULL, request, &device);
    pthread_create(&stopper, NULL, stop, &device);
    pthread_join(user, NULL);
    pthread_join(stopper, NULL);
    printf("used after stop: %d\n", device.used_after_stop);
}
