// A helper started by posix_spawn reads from its parent, as long as the parent lets go.
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "count") == 0) {
        int bytes = 0;
        while (getchar() != EOF)
            bytes++;
        printf("%d bytes\n", bytes);
        return 0;
    }
    int ends[2];
    if (pipe(ends))
        return 1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
#ifdef RIGHT
    posix_spawn_file_actions_addclose(&actions, ends[1]);
#endif
    char *args[] = {argv[0], "count", NULL};
    pid_t helper;
    if (posix_spawn(&helper, "/proc/self/exe", &actions, NULL, args, environ))
        return 1;
    close(ends[0]);
    if (write(ends[1], "abc", 3) != 3)
        return 1;
    close(ends[1]);
    waitpid(helper, NULL, 0);
    return 0;
}
