// A pointer into one process's private memory means nothing in another's.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct box {
    char *text;
    char room[64];
};

int main(void) {
    struct box *box = mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
#ifdef RIGHT
        box->text = strcpy(box->room, "from the child");
#else
        // memory that the parent does not have
        char *mine = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        box->text = strcpy(mine, "from the child");
#endif
        exit(0);
    }
    wait(NULL);
    puts(box->text);
    return 0;
}
