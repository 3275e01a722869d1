// Each of two waits for the event that the other would give afterwards.
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int a = eventfd(0, 0), b = eventfd(0, 0);
    uint64_t v = 1;
    if (!fork()) {
        read(a, &v, 8);
        write(b, &v, 8);
        _exit(0);
    }
    read(b, &v, 8);
    write(a, &v, 8);
    wait(0);
    return 0;
}
