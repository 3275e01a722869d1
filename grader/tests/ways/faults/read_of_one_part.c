// A read is taken to give all that was written.
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
    read(p[0], &v, sizeof v);
    printf("%d\n", v);
    wait(0);
    return 0;
}
