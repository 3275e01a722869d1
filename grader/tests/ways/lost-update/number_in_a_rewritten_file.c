// The same with stdio, which cuts the file before it writes.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void add(void) {
    FILE *f = fopen("/tmp/c", "r");
    int v = 0;
    fscanf(f, "%d", &v);
    fclose(f);
    f = fopen("/tmp/c", "w");
    fprintf(f, "%d\n", v + 1);
    fclose(f);
}
int main() {
    FILE *f = fopen("/tmp/c", "w");
    fprintf(f, "10\n");
    fclose(f);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            add();
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    int v = 0;
    f = fopen("/tmp/c", "r");
    fscanf(f, "%d", &v);
    fclose(f);
    printf("%d\n", v);
    unlink("/tmp/c");
    return 0;
}
