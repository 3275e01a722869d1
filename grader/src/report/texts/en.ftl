# Every sentence that a student or an instructor reads from the grader, in English.
# The same messages, with the same variables, stand in es.ftl.

## Who

parent = the parent
process = process { $number }
thread = thread { $number }
thread-of = thread { $number } of { $process }
and = { $most } and { $last }
itself = itself
# The head of a task's column.
column = { $name }

## How far it looked

coverage-exhaustive = every schedule of { $tasks } ({ $executions })
coverage-preemptions = { $preemptions ->
    [0] every schedule of { $tasks } without preemptions ({ $executions })
    [one] every schedule of { $tasks } with up to 1 preemption ({ $executions })
   *[other] every schedule of { $tasks } with up to { $preemptions } preemptions ({ $executions })
}
coverage-sampled = the likeliest schedules of { $tasks } ({ $executions })
coverage-single = one schedule of { $tasks }
coverage-samples = { $count } of them random: a bug of depth { $depth } would have been met with a probability of at least { $percent }%
coverage-few-samples = { $count } of them random: too few to promise that a bug of depth { $depth } would have been met
coverage-sequential = sequentially consistent
coverage-store-buffers = with stores delayed as x86-64 delays them, each delay counted as a preemption
coverage-faults = with calls that fail, each failure counted as a preemption
tasks = { $processes ->
    [one] 1 process
   *[other] { $processes } processes
}
tasks-and-threads = { tasks } and { $threads ->
    [one] 1 thread (switched at system calls)
   *[other] { $threads } threads (switched at system calls)
}
tasks-and-followed-threads = { tasks } and { $threads ->
    [one] 1 thread
   *[other] { $threads } threads
}
executions = { $count ->
    [one] 1 execution
   *[other] { $count } executions
}
more-cases = { $count ->
    [0] { "" }
    [one] and 1 execution of other cases
   *[other] and { $count } executions of other cases
}

## Build errors

not-compiled = it does not compile
no-main = src/main.rs is missing
not-regular = { $path } is not a regular file, so it is not taken
too-large = { $path } is larger than a source file may be (1 MiB)
too-large-together = the source files are larger together than they may be (4 MiB)
too-many-files = there are more source files than there may be (200), or folders too deep
not-utf8 = { $path } is not UTF-8 in line { $line }: save it as UTF-8

## What went wrong

forbidden = it tried what a submission may not do: { $what }
too-many-tasks = it had more than { $limit } processes and threads at once
too-much-memory = a process wanted more memory than there is for it ({ $limit } bytes)
too-many-bytes = it wrote a larger file than it may ({ $limit } bytes)
deadlock = nobody can go on: { $waits }
deadlock-own-end = { $who } waits for the end of what it could still write to itself
deadlock-forgotten-end = { $who } waits for an end that never comes: { $holders } { $count ->
    [one] still has
   *[other] still have
} the writing end open
deadlock-holds-itself = { $who } waits for a lock that it holds itself
deadlock-holder-ended = { $who } waits for a lock that { $holder } took and did not give back before it ended
deadlock-lost-wake-up = { $who } went to sleep after the wake-up by { $waker } had passed, and no other comes
waits-for = { $who } waits for { $on }
deadlock-after-death = { $who } { $end }, and after that nobody could go on
livelock = { $who } { $count ->
    [one] runs for ever without getting on
   *[other] run for ever without getting on
}
timeout-steps = it did not end within { $limit } steps
timeout-processor = it did not end within { $limit } ms of processor time
timeout-output = it printed more than { $limit } bytes
crash-signal = the program was ended by signal { $signal }
crash-panic = the program panicked (exit code 101)
crash-exit = the program ended with exit code { $code }, not { $expected }
orphan-left = { $who } { $count ->
    [one] does not end with the program
   *[other] do not end with the program
}
orphan-on-purpose = { $who } { $count ->
    [one] was left behind by the process that started it, which ended first
   *[other] were left behind by the processes that started them, which ended first
}
zombie = nobody waited for { $who }
lost-update = { $victim } overwrote what { $other } had written, without having seen it
wrong-line = line { $number } of the output is wrong
wrong-missing = line { $number } of the output is missing
wrong-extra = line { $number } of the output should not be there
wrong-late = line { $number } of the output comes too late: it must stand before `{ $before }`
sometimes = { $what }, in some schedules
came-between = { $other } came between two steps of { $who }, and { $what }
and-so = { $cause }, and { $what }
check-then-act = { $who } decided by a value that { $other } had changed by the time it acted
torn-read = { $reader } saw one part of what { $writer } writes together, and not the other
double-take = { $second } took what { $first } had taken: both had read the same place before either marked it
use-after-end = { $other } took away a name that { $who } still looked for
order-of-output = the lines are right, and their order is not: nothing in the program fixes it
order-of-output-tasks = the lines are right, and their order is not: { $second } does not wait for { $first }
another-order = { $what } in this order of steps, and not in another
does-otherwise = where { $who } { $here }, it { $there } when all goes right
delayed-store = a write stays in the processor's store buffer for a while: a fence or an exchange behind it rules that out
no-lines = there is no line information in { $program }: compile it with -g
right-before-step = if { $who } goes on before step { $step }, all goes right
right-at = if { $who } goes on at { $place } before { $other } does, all goes right
right-first = if { $who } goes on before { $other } does, all goes right
right-otherwise = in the nearest schedule that was tried, all goes right
leak = { $count ->
    [one] this was left behind: { $names }
   *[other] these were left behind: { $names }
}
never-held = { $what } (in none of { $executions } explored)

## The mechanism, where the lesson has no words of its own

mechanism-children = it should start so many processes beyond the first
mechanism-threads = it should start so many threads
mechanism-children-together = all processes should be started before the first is waited for
mechanism-threads-together = all threads should be started before the first of them ends
mechanism-alive-together = so many processes should be at work at once
mechanism-lines = each of these lines should be printed by a process of its own
mechanism-flow = the data should go from process to process
mechanism-receivers = so many processes should be given something
mechanism-writers = so many processes should write to the shared memory
mechanism-readers = so many processes should read the shared memory
mechanism-words = the results should be written into shared memory by the children
mechanism-changes = the shared words should be changed so often
mechanism-killed = the processes should end by themselves, not by a signal
mechanism-shared = so many words of memory should be shared
seen-exactly = seen: { $seen }, asked for: { $wanted }
seen-at-least = seen: { $seen }, asked for: at least { $wanted }
seen-at-most = seen: { $seen }, asked for: at most { $wanted }
seen-line = this line was not: { $line }

## Undecided

unmodelled-report = to have it followed, report this line and the program that it came from: an issue of the grader's repository
unmodelled = it uses what the grader does not follow: { $names }
unmodelled-like = it uses what the grader does not follow ({ $names }), so what looks like { $verdict } is held against nobody
sliced = what looks like { $verdict } hangs on how long a computation takes, so it is held against nobody
unfollowed-output = nothing was wrong in any execution that the grader followed, but the program prints something else, and wrong, when it runs by itself
unfollowed-end = nothing was wrong in any execution that the grader followed, but the program ends badly when it runs by itself
unfollowed-endless = nothing was wrong in any execution that the grader followed, but the program does not end when it runs by itself
confined-by = confined by: { $layers }
unreplayed = what looked like { $verdict } did not come again under the same schedule, so it is held against nobody
not-reached = { $wanted ->
    [one] this case asks for every schedule with up to 1 preemption, and only this was explored: { $coverage }
   *[other] this case asks for every schedule with up to { $wanted } preemptions, and only this was explored: { $coverage }
}

## Who waits for what

waits-child = { $who } waits for { $children } to end
waits-any-child = { $who } waits for a child to end
waits-readable = { $who } waits for something to read
waits-readable-own = { $who } waits for something to read, or for the end; it has the writing end open itself
waits-readable-held = { $who } waits for something to read, or for the end; it can still be written to by { $holders }
waits-writable = { $who } waits for room to write
waits-writable-held = { $who } waits for room to write; { $holders } could read
waits-futex = { $who } waits for a lock or to be woken
waits-futex-held = { $who } waits for a lock or to be woken; { $holder } was the last to change that word
waits-futex-ended = { $who } waits for a lock or to be woken; { $holder } was the last to change that word, and has ended
waits-file-lock = { $who } waits for the lock on a file
waits-file-lock-held = { $who } waits for the lock on a file, which { $holder } holds
waits-semaphore = { $who } waits for a semaphore or a message queue
waits-signal = { $who } waits for a signal
waits-continue = { $who } is stopped and waits to be continued
waits-any-of = { $who } waits for any of several descriptors
waits-connection = { $who } waits for somebody to connect

## What a task does

reads = reads { $value }
reads-word = reads { $value } (word { $word })
writes = writes { $value }
writes-word = writes { $value } (word { $word })
updates = changes { $before } to { $after } at once
updates-word = changes { $before } to { $after } at once (word { $word })
starts = starts { $who }
executes = becomes the program { $program }
ends = ends
ends-with = ends with exit code { $code }
ended-by = is ended by signal { $signal }
was-ended-by = was ended by signal { $signal }
had-ended-with = ended with exit code { $code }
panicked = panicked
has-waited-for = has waited for { $who }
waits = waits for a child
sends = { $bytes ->
    [one] sends 1 byte
   *[other] sends { $bytes } bytes
}
receives = { $bytes ->
    [one] receives 1 byte from { $who }
   *[other] receives { $bytes } bytes from { $who }
}
receives-some = { $bytes ->
    [one] receives 1 byte
   *[other] receives { $bytes } bytes
}
receives-end = finds the end
prints = prints `{ $text }`
prints-error = prints to standard error
takes-input = { $bytes ->
    [one] takes 1 byte of the input
   *[other] takes { $bytes } bytes of the input
}
takes-end = finds the end of the input
locks-file = takes the lock on a file
unlocks-file = gives back the lock on a file
sleeps-on-word = goes to sleep until it is woken
wakes = wakes { $who }
wakes-nobody = wakes nobody
sleeps = sleeps
yields = lets others go on
signals = sends signal { $signal } to { $who }
calls = calls { $name }
takes-lock = takes a lock
wakes-nobody-yet = wakes whoever waits: nobody does yet
begins-to-wait = begins to wait
waits-for-lock = waits for the lock of { $who }
an-address = an address
two-values = { $first } and { $second }

## What was left behind

left-shared-memory = shared memory { $name }
left-semaphore = semaphore { $name }
left-system-v = System V object { $name }
left-message-queue = message queue { $name }
left-fifo = FIFO { $name }
left-socket = socket { $name }
left-folder = folder { $name }
left-file = file { $name }

## Marks in the source

mark-lost = reads { $read }, writes { $written }
mark-lost-write = writes { $written }
mark-lost-read = has read { $read } here
mark-other = { $who } writes { $written } here, meanwhile
mark-starts = { $who } is started here
mark-waits = { $who } { $count ->
    [one] waits
   *[other] wait
} here
mark-step = { $who } { $what }
mark-prints = { $who } prints line { $number } here
mark-takes = { $who } takes the lock here
mark-runs = { $who } runs here
mark-ends = it ends here

## The report

verdict-error = grader error
step = step
value = value
lost = { $amount } lost
lost-some = lost
had-read = it had read { $value }
expected = expected
got = got
nothing = (nothing)
standard-error = it said on standard error
also = also: { $codes }
deaths = { $who } { $end }
in-case = in the case { $name }: { $command }
in-case-input = in the case { $name }: { $command }, with an input of { $lines ->
    [one] 1 line
   *[other] { $lines } lines
}
met-at = found in the { NUMBER($number, type: "ordinal") ->
    [one] { $number }st
    [two] { $number }nd
    [few] { $number }rd
   *[other] { $number }th
} schedule tried
see-again = see it again
help = help
points = { $points } of { $maximum } points
passed-all = all passed
next = next
every-step = every step
program-as-it-was = this is the program as it was when the schedule was recorded; your file has changed since
replay-same = the same again
replay-differs = this time it was { $verdict }
stepper-head = step { $number } of { $count }
stepper-word = word { $word } = { $value }
stepper-no-line = no line of the program's own
stepper-nothing = there is no step to show
stepper-keys = → next   ← back   j k by ten   Tab reported   ? keys   q quit
stepper-help =
    →  n  Space     the next step
    ←  p            the step before
    j  PageDown     ten steps on
    k  PageUp       ten steps back
    Home  g         the first step
    End  G          the last step
    Tab             the next step that the report shows (marked *)
    ?               these keys
    q  Esc  Ctrl-C  leave, and see the report

## Hints

hint-step = hint { $number } of { $count }: { $title }
hint-more = one step further: cargo grade hint { $name }
hint-last = that was the last hint; the reference solution is in solutions/{ $folder }
hint-passed = { $name } passed already; here is its hint all the same

## List

list-not-yet = not graded yet

## Doctor

doctor-fine = fine
doctor-missing = missing
doctor-weaker = weaker
doctor-system = Linux on x86-64
doctor-ptrace = ptrace
doctor-ptrace-works = a program ran under the grader
doctor-seccomp = seccomp
doctor-seccomp-missing = the kernel has no seccomp filters: the grader cannot stop programs at their system calls
doctor-landlock = Landlock
doctor-landlock-missing = the kernel has no Landlock: files are kept from submissions by the grader alone, and `--confinement strict` is refused
doctor-namespaces = user namespaces
doctor-namespaces-missing = names are kept apart by other means; no untraced run, and `--confinement strict` is refused
doctor-confinement = confinement
doctor-cores = cores
doctor-cores-found = { $count } (so many topics are graded at once)
doctor-rustc = rustc
doctor-disk = free disk
doctor-disk-found = { $amount } MiB
doctor-disk-little = { $amount } MiB: building the libraries takes about 500

## Check

check-golden = golden files
check-starter = starter
check-solution = solution
check-mutant = mutant { $name }
check-as-declared = { $verdict }, as declared
check-instead = { $verdict }, not { $declared }
check-golden-same = the reference solution prints what they hold
check-golden-differs = case { $case }: the reference solution prints something else (cargo insta review accepts it)
check-not-once = its text must stand in the solution exactly once, and stands there { $count } times
check-summary = { $passed } passed, { $failed } failed

# What a search made fail, where it was asked to.
fault-short-read = a read gives one byte, though there are more
fault-interrupted = a signal interrupts the call (EINTR)
fault-killed = it is killed from outside (SIGKILL)
fault-no-fork = there is no room for another process (EAGAIN)
made-to-fail = made to fail in { $who }: { $what }
made-to-fail-at = made to fail in { $who }, line { $line }: { $what }
