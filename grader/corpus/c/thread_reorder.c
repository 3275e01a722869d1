// Two fields without a lock: a reader can see the one without the other.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int a, b;
static int failures;

static void *setter(void *arg) {
#ifdef RIGHT
    atomic_store(&b, -1);
    atomic_store(&a, 1);
#else
    atomic_store(&a, 1);
    atomic_store(&b, -1);
#endif
    return arg;
}

static void *checker(void *arg) {
    int seen_a = atomic_load(&a);
    int seen_b = atomic_load(&b);
    if (seen_a == 1 && seen_b != -1)
        failures = 1;
    return arg;
}

int main(void) {
    pthread_t set, check;
    pthread_create(&set, NULL, setter, NULL);
    pthread_create(&check, NULL, checker, NULL);
    pthread_join(set, NULL);
    pthread_join(check, NULL);
    printf("failures %d\n", failures);
    return 0;
}
