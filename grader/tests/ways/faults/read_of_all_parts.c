// Reads until all is there.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int p[2];
    pipe(p);
    if (!fork()) {
        int v = 123456;
        write(p[1], &v, sizeof v);
        _exit(0);
    }
    close(p[1]);
    int v = 0;
    char *q = (char *)&v;
    size_t n = 0;
    while (n < sizeof v) {
        ssize_t r = read(p[0], q + n, sizeof v - n);
        if (r <= 0)
            break;
        n += r;
    }
    printf("%d\n", v);
    wait(0);
    return 0;
}
