// The name of a file lies beside a counter that two threads add to.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
    _Alignas(4096) atomic_int counter;
    char name[64];
} shared = {.name = "/beside_a_counter"};

static void *add(void *unused) {
    atomic_fetch_add(&shared.counter, 1);
    return unused;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, add, NULL);
    int made = shm_open(shared.name, O_CREAT | O_EXCL | O_RDWR, 0600);
    int gone = shm_unlink(shared.name);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%s, %s, %d\n", made >= 0 ? "made" : "not made", gone == 0 ? "gone" : "still there", shared.counter);
}
