# Todas las frases del grader que leen estudiantes y docentes, en español.
# Los mismos mensajes, con las mismas variables, están en en.ftl. AL y DEL contraen la
# preposición con el artículo (al proceso 1, del padre); BARE quita el artículo.

## Quién

parent = el padre
process = el proceso { $number }
thread = el hilo { $number }
thread-of = el hilo { $number } { DEL($process) }
and = { $most } y { $last }
itself = él mismo
# La cabecera de la columna de una tarea.
column = { BARE($name) }

## Hasta dónde miró

coverage-exhaustive = todas las planificaciones de { $tasks } ({ $executions })
coverage-preemptions = { $preemptions ->
    [0] todas las planificaciones de { $tasks } sin expropiaciones ({ $executions })
    [one] todas las planificaciones de { $tasks } con hasta 1 expropiación ({ $executions })
   *[other] todas las planificaciones de { $tasks } con hasta { $preemptions } expropiaciones ({ $executions })
}
coverage-sampled = las planificaciones más probables de { $tasks } ({ $executions })
coverage-single = una planificación de { $tasks }
coverage-samples = { $count } de ellas al azar: un error de profundidad { $depth } se habría encontrado con una probabilidad de al menos el { $percent } %
coverage-few-samples = { $count } de ellas al azar: demasiado pocas para prometer que un error de profundidad { $depth } se habría encontrado
coverage-sequential = con consistencia secuencial
coverage-store-buffers = con escrituras retrasadas como las retrasa x86-64, cada retraso contado como una expropiación
coverage-faults = con llamadas que fallan, cada fallo contado como una expropiación
tasks = { $processes ->
    [one] 1 proceso
   *[other] { $processes } procesos
}
tasks-and-threads = { tasks } y { $threads ->
    [one] 1 hilo (con cambios en las llamadas al sistema)
   *[other] { $threads } hilos (con cambios en las llamadas al sistema)
}
tasks-and-followed-threads = { tasks } y { $threads ->
    [one] 1 hilo
   *[other] { $threads } hilos
}
executions = { $count ->
    [one] 1 ejecución
   *[other] { $count } ejecuciones
}
more-cases = { $count ->
    [0] { "" }
    [one] y 1 ejecución de otros casos
   *[other] y { $count } ejecuciones de otros casos
}

## Errores de compilación

not-compiled = no compila
no-main = falta src/main.rs
not-regular = { $path } no es un fichero normal, así que no se toma
too-large = { $path } es más grande de lo que puede ser un fichero fuente (1 MiB)
too-large-together = los ficheros fuente juntos son más grandes de lo permitido (4 MiB)
too-many-files = hay más ficheros fuente de los permitidos (200), o carpetas demasiado profundas
not-utf8 = { $path } no es UTF-8 en la línea { $line }: guárdalo como UTF-8

## Qué salió mal

forbidden = intentó algo que una entrega no puede hacer: { $what }
too-many-tasks = tuvo más de { $limit } procesos e hilos a la vez
too-much-memory = un proceso pidió más memoria de la que hay para él ({ $limit } bytes)
too-many-bytes = escribió un fichero más grande de lo permitido ({ $limit } bytes)
deadlock = nadie puede seguir: { $waits }
deadlock-own-end = { $who } espera el final de algo en lo que él mismo todavía podría escribir
deadlock-forgotten-end = { $who } espera un final que no llega: { $holders } { $count ->
    [one] aún tiene
   *[other] aún tienen
} abierto el extremo de escritura
deadlock-holds-itself = { $who } espera un lock que tiene él mismo
deadlock-holder-ended = { $who } espera un lock que { $holder } tomó y no soltó antes de terminar
deadlock-lost-wake-up = { $who } se durmió cuando el aviso { DEL($waker) } ya había pasado, y no llega otro
waits-for = { $who } espera { AL($on) }
deadlock-after-death = { $who } { $end }, y después nadie pudo seguir
livelock = { $who } { $count ->
    [one] se ejecuta para siempre sin avanzar
   *[other] se ejecutan para siempre sin avanzar
}
timeout-steps = no terminó en { $limit } pasos
timeout-processor = no terminó en { $limit } ms de procesador
timeout-output = imprimió más de { $limit } bytes
crash-signal = la señal { $signal } terminó el programa
crash-panic = el programa entró en pánico (código de salida 101)
crash-exit = el programa terminó con el código de salida { $code }, no { $expected }
orphan-left = { $who } { $count ->
    [one] no termina con el programa
   *[other] no terminan con el programa
}
orphan-on-purpose = { $who } { $count ->
    [one] quedó abandonado por el proceso que lo inició, que terminó antes
   *[other] quedaron abandonados por los procesos que los iniciaron, que terminaron antes
}
zombie = nadie esperó { AL($who) }
lost-update = { $victim } pisó lo que había escrito { $other } sin haberlo visto
wrong-line = la línea { $number } de la salida está mal
wrong-missing = falta la línea { $number } de la salida
wrong-extra = sobra la línea { $number } de la salida
wrong-late = la línea { $number } de la salida llega tarde: debe ir antes de `{ $before }`
sometimes = { $what }, en algunas planificaciones
came-between = { $other } se metió entre dos pasos { DEL($who) }, y { $what }
and-so = { $cause }, y { $what }
check-then-act = { $who } decidió según un valor que { $other } ya había cambiado cuando actuó
torn-read = { $reader } vio una parte de lo que { $writer } escribe en conjunto, y no la otra
double-take = { $second } tomó lo que ya había tomado { $first }: ambos habían leído lo mismo antes de que alguno lo marcara
use-after-end = { $other } quitó un nombre que { $who } todavía buscaba
order-of-output = las líneas son correctas y su orden no: nada en el programa lo fija
order-of-output-tasks = las líneas son correctas y su orden no: { $second } no espera { AL($first) }
another-order = { $what } en este orden de pasos, y no en otro
does-otherwise = donde { $who } { $here }, { $there } cuando todo sale bien
delayed-store = una escritura queda un rato en el búfer del procesador: una barrera o un intercambio detrás de ella lo impide
no-lines = { $program } no tiene información de líneas: hay que compilarlo con -g
right-before-step = si { $who } sigue antes del paso { $step }, todo sale bien
right-at = si { $who } sigue en { $place } antes que { $other }, todo sale bien
right-first = si { $who } sigue antes que { $other }, todo sale bien
right-otherwise = en la planificación más cercana que se probó, todo sale bien
leak = quedó sin borrar: { $names }
never-held = { $what } (en ninguna de { $executions } exploradas)

## El mecanismo, donde la lección no tiene palabras propias

mechanism-children = debería iniciar tantos procesos además del primero
mechanism-threads = debería iniciar tantos hilos
mechanism-children-together = todos los procesos deberían arrancar antes de esperar al primero
mechanism-threads-together = todos los hilos deberían arrancar antes de que termine el primero
mechanism-alive-together = tantos procesos deberían trabajar a la vez
mechanism-lines = cada una de estas líneas debería imprimirla un proceso propio
mechanism-flow = los datos deberían ir de proceso a proceso
mechanism-receivers = tantos procesos deberían recibir algo
mechanism-writers = tantos procesos deberían escribir en la memoria compartida
mechanism-readers = tantos procesos deberían leer la memoria compartida
mechanism-words = los resultados los deberían escribir los hijos en la memoria compartida
mechanism-changes = las palabras compartidas deberían cambiar tantas veces
mechanism-killed = los procesos deberían terminar por sí mismos, no por una señal
mechanism-shared = tantas palabras de memoria deberían ser compartidas
seen-exactly = visto: { $seen }; pedido: { $wanted }
seen-at-least = visto: { $seen }; pedido: al menos { $wanted }
seen-at-most = visto: { $seen }; pedido: como mucho { $wanted }
seen-line = esta línea no: { $line }

## Sin decidir

unmodelled-report = para que lo siga, informe de esta línea y del programa del que sale: una incidencia en el repositorio del grader
unmodelled = usa algo que el grader no sigue: { $names }
unmodelled-like = usa algo que el grader no sigue ({ $names }); lo que parece { $verdict } no se le achaca a nadie
sliced = lo que parece { $verdict } depende de cuánto tarda un cálculo; no se le achaca a nadie
unfollowed-output = nada fue mal en ninguna ejecución que el grader siguió, pero el programa imprime otra cosa, y mal, cuando se ejecuta solo
unfollowed-end = nada fue mal en ninguna ejecución que el grader siguió, pero el programa acaba mal cuando se ejecuta solo
unfollowed-endless = nada fue mal en ninguna ejecución que el grader siguió, pero el programa no acaba cuando se ejecuta solo
confined-by = confinado por: { $layers }
unreplayed = lo que parecía { $verdict } no se repitió con la misma planificación; no se le achaca a nadie
not-reached = { $wanted ->
    [one] este caso pide todas las planificaciones con hasta 1 expropiación, y solo se exploró esto: { $coverage }
   *[other] este caso pide todas las planificaciones con hasta { $wanted } expropiaciones, y solo se exploró esto: { $coverage }
}

## Quién espera qué

waits-child = { $who } espera a que termine { $children }
waits-any-child = { $who } espera a que termine un hijo
waits-readable = { $who } espera algo que leer
waits-readable-own = { $who } espera algo que leer, o el final; él mismo tiene abierto el extremo de escritura
waits-readable-held = { $who } espera algo que leer, o el final; todavía puede escribir { $holders }
waits-writable = { $who } espera sitio para escribir
waits-writable-held = { $who } espera sitio para escribir; podría leer { $holders }
waits-futex = { $who } espera un lock o que lo despierten
waits-futex-held = { $who } espera un lock o que lo despierten; el último en cambiar esa palabra fue { $holder }
waits-futex-ended = { $who } espera un lock o que lo despierten; el último en cambiar esa palabra fue { $holder }, que ya terminó
waits-file-lock = { $who } espera el lock de un fichero
waits-file-lock-held = { $who } espera el lock de un fichero, que tiene { $holder }
waits-semaphore = { $who } espera un semáforo o una cola de mensajes
waits-signal = { $who } espera una señal
waits-continue = { $who } está parado y espera que lo reanuden
waits-any-of = { $who } espera a uno de varios descriptores
waits-connection = { $who } espera a que alguien se conecte

## Qué hace una tarea

reads = lee { $value }
reads-word = lee { $value } (palabra { $word })
writes = escribe { $value }
writes-word = escribe { $value } (palabra { $word })
updates = cambia { $before } a { $after } de una vez
updates-word = cambia { $before } a { $after } de una vez (palabra { $word })
starts = inicia { $who }
executes = pasa a ser el programa { $program }
ends = termina
ends-with = termina con el código { $code }
ended-by = lo termina la señal { $signal }
was-ended-by = murió por la señal { $signal }
had-ended-with = terminó con el código { $code }
panicked = entró en pánico
has-waited-for = ha esperado { AL($who) }
waits = espera a un hijo
sends = { $bytes ->
    [one] envía 1 byte
   *[other] envía { $bytes } bytes
}
receives = { $bytes ->
    [one] recibe 1 byte { DEL($who) }
   *[other] recibe { $bytes } bytes { DEL($who) }
}
receives-some = { $bytes ->
    [one] recibe 1 byte
   *[other] recibe { $bytes } bytes
}
receives-end = encuentra el final
prints = imprime `{ $text }`
prints-error = imprime en la salida de errores
takes-input = { $bytes ->
    [one] toma 1 byte de la entrada
   *[other] toma { $bytes } bytes de la entrada
}
takes-end = encuentra el final de la entrada
locks-file = toma el lock de un fichero
unlocks-file = suelta el lock de un fichero
sleeps-on-word = se duerme hasta que lo despierten
wakes = despierta { AL($who) }
wakes-nobody = no despierta a nadie
sleeps = duerme
yields = deja seguir a otros
signals = envía la señal { $signal } { AL($who) }
calls = llama a { $name }
takes-lock = toma un lock
wakes-nobody-yet = avisa a quien espera: todavía nadie
begins-to-wait = empieza a esperar
waits-for-lock = espera el lock { DEL($who) }
an-address = una dirección
two-values = { $first } y { $second }

## Qué quedó sin borrar

left-shared-memory = memoria compartida { $name }
left-semaphore = semáforo { $name }
left-system-v = objeto de System V { $name }
left-message-queue = cola de mensajes { $name }
left-fifo = FIFO { $name }
left-socket = socket { $name }
left-folder = carpeta { $name }
left-file = fichero { $name }

## Marcas en el código

mark-lost = lee { $read }, escribe { $written }
mark-lost-write = escribe { $written }
mark-lost-read = aquí ha leído { $read }
mark-other = mientras tanto { $who } escribe { $written } aquí
mark-starts = aquí se inicia { $who }
mark-waits = aquí { $count ->
    [one] espera
   *[other] esperan
} { $who }
mark-step = { $who } { $what }
mark-prints = aquí { $who } imprime la línea { $number }
mark-takes = aquí { $who } toma el lock
mark-runs = aquí se ejecuta { $who }
mark-ends = aquí termina

## El informe

verdict-error = error del grader
step = paso
value = valor
lost = { $amount } perdidos
lost-some = perdido
had-read = había leído { $value }
expected = esperado
got = impreso
nothing = (nada)
standard-error = dijo en la salida de errores
also = además: { $codes }
deaths = { $who } { $end }
in-case = en el caso { $name }: { $command }
in-case-input = en el caso { $name }: { $command }, con una entrada de { $lines ->
    [one] 1 línea
   *[other] { $lines } líneas
}
met-at = encontrado en la { $number }.ª planificación probada
see-again = verlo otra vez
help = ayuda
points = { $points } de { $maximum } puntos
passed-all = todo superado
next = siguiente
every-step = todos los pasos
program-as-it-was = este es el programa tal como era al grabar la planificación; tu fichero ha cambiado desde entonces
replay-same = otra vez lo mismo
replay-differs = esta vez fue { $verdict }
stepper-head = paso { $number } de { $count }
stepper-word = palabra { $word } = { $value }
stepper-no-line = ninguna línea del propio programa
stepper-nothing = no hay pasos que mostrar
stepper-keys = → siguiente   ← anterior   j k de a diez   Tab informe   ? teclas   q salir
stepper-help =
    →  n  Espacio   el paso siguiente
    ←  p            el paso anterior
    j  PageDown     diez pasos adelante
    k  PageUp       diez pasos atrás
    Home  g         el primer paso
    End  G          el último paso
    Tab             el próximo paso que muestra el informe (marcado con *)
    ?               estas teclas
    q  Esc  Ctrl-C  salir y ver el informe

## Pistas

hint-step = pista { $number } de { $count }: { $title }
hint-more = un paso más: cargo grade hint { $name }
hint-last = esa era la última pista; la solución de referencia está en solutions/{ $folder }
hint-passed = { $name } ya está superado; aquí va su pista de todos modos

## Lista

list-not-yet = aún sin evaluar

## Doctor

doctor-fine = bien
doctor-missing = falta
doctor-weaker = más débil
doctor-system = Linux en x86-64
doctor-ptrace = ptrace
doctor-ptrace-works = un programa se ejecutó bajo el grader
doctor-seccomp = seccomp
doctor-seccomp-missing = el núcleo no tiene filtros seccomp: el grader no puede parar programas en sus llamadas al sistema
doctor-landlock = Landlock
doctor-landlock-missing = el núcleo no tiene Landlock: solo el grader oculta ficheros a las entregas, y `--confinement strict` se rechaza
doctor-namespaces = espacios de nombres de usuario
doctor-namespaces-missing = los nombres se separan por otros medios; no hay ejecución sin seguimiento, y `--confinement strict` se rechaza
doctor-confinement = confinamiento
doctor-cores = núcleos
doctor-cores-found = { $count } (tantos temas se evalúan a la vez)
doctor-rustc = rustc
doctor-disk = disco libre
doctor-disk-found = { $amount } MiB
doctor-disk-little = { $amount } MiB: compilar las bibliotecas ocupa unos 500

## Check

check-golden = ficheros golden
check-starter = punto de partida
check-solution = solución
check-mutant = mutante { $name }
check-as-declared = { $verdict }, como se declara
check-instead = { $verdict }, no { $declared }
check-golden-same = la solución de referencia imprime lo que contienen
check-golden-differs = caso { $case }: la solución de referencia imprime otra cosa (cargo insta review la acepta)
check-not-once = su texto debe aparecer en la solución exactamente una vez, y aparece { $count } veces
check-summary = { $passed } superados, { $failed } fallidos

# What a search made fail, where it was asked to.
fault-short-read = una lectura da un solo byte, aunque hay más
fault-interrupted = una señal interrumpe la llamada (EINTR)
fault-killed = lo matan desde fuera (SIGKILL)
fault-no-fork = no hay lugar para otro proceso (EAGAIN)
made-to-fail = fallo provocado en { $who }: { $what }
made-to-fail-at = fallo provocado en { $who }, línea { $line }: { $what }
