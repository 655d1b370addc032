"""The module of a fixed-step method on a grid: whole steps, one after the other or several at a time in tiles.

A step over the whole grid reads and writes all of it. Where that does not fit into a cache, a tile of neighbouring
layers is taken through several steps before the next tile: each sweep in it covers fewer layers than the one before,
by the reach of the stencil, so that the tile's own layers are right at the end. What is computed twice at the seams has
the same bits. A periodic grid is a strip of layers that goes on at both ends; tiles there begin with a copy.
"""

from codegen.stencils.arithmetic import literal
from codegen.stencils.control import Control
from codegen.stencils.cover import FRAME, CoverWriter
from codegen.stencils.layers import Layers
from codegen.stencils.methods import FixedStepMethod, Stage
from codegen.stencils.module import StencilModule
from codegen.stencils.plan import Plan
from symnum.compiling.aligned import LINE

__all__ = ["StepperWriter"]

# What a block of steps in tiles needs.
_JOB = ("p", "k", "w", "tab", "old", "new", "steps", "tile", "room", "dt")


class StepperWriter(CoverWriter):
    """Writes the functions of a method on a grid.

    Parameters
    ----------
    plan : Plan
    method : FixedStepMethod
    layers : Layers or None
        What tiles are made of, where there may be tiles.
    size : int
        Number of states.
    real : {"double", "float"}
    vector_bytes : int
    """

    def __init__(
        self, plan: Plan, method: FixedStepMethod, layers: Layers | None, size: int, real: str, vector_bytes: int
    ) -> None:
        super().__init__(plan, "rhs", size, real, vector_bytes)
        self.method, self.layers = method, layers
        self.records = max(len(plan.states), 1)

    def write(self, triple: str) -> StencilModule:
        """Write everything."""
        self._share_function()
        self._prepare_function()
        for combine in dict.fromkeys(stage.combine for stage in self.method.stages):
            self._cover_function(f"all_{combine}", self.plan.segments, combine, clipped=True)
            self._stripe_function(f"all_{combine}")
            if self.layers is not None and self.layers.periodic:
                self._cover_function(f"inner_{combine}", self.layers.inner, combine, clipped=False)
                self._strip_function(combine)
        if self.layers is not None:
            self._tiles_function(self.layers)
        self._whole_steps()
        if self.layers is not None:
            self._tiled_steps()
        return self.finish(triple, self.functions)

    # Stages ---------------------------------------------------------------------------------

    def _stage_values(self, text: Control, stage: Stage, dt: str) -> dict[str, str]:
        """Return the factors of a stage."""
        slope = text.put(f"fmul {self.real} {dt}, {literal(stage.slope, self.real)}")
        return {"ca": literal(stage.of_changes, self.real), "cb": literal(stage.of_last, self.real), "cc": slope}

    def _time(self, text: Control, t0: str, dt: str, step: str, stage: Stage) -> str:
        """Return t0 + (step + c) dt in double precision."""
        whole = text.put(f"sitofp i64 {step} to double")
        part = text.put(f"fadd double {whole}, {literal(stage.time)}")
        return text.put(f"fadd double {t0}, {text.put(f'fmul double {part}, {dt}')}")

    def _record(self, text: Control, base: str) -> str:
        """Return a new array of the addresses of all arrays of states in a buffer."""
        record = text.room(f"[{self.records} x ptr]")
        for number, array in enumerate(self.plan.states):
            text.set(text.at(record, number), text.at(base, array.offset, self.real), "ptr")
        return record

    def _whole_lines(self, text: Control, count: str) -> str:
        """Return a number of elements, rounded up to whole cache lines: what follows them is aligned as they are."""
        line = LINE // self.size
        return text.op("mul", text.op("sdiv", text.op("add", count, line - 1), line), line)

    def _narrow(self, text: Control, value: str) -> str:
        return text.put(f"fptrunc double {value} to float") if self.real == "float" else value

    # Whole steps ----------------------------------------------------------------------------

    def _whole_steps(self) -> None:
        """Write the function of steps over the whole grid; buffers stand one after the other, at a distance."""
        arguments = "double %t0, double %dt, i64 %count, ptr %y, ptr %p, ptr %c, ptr %scratch, i64 %distance"
        text = Control(self.declared, self._head("steps", arguments, internal=False))
        self._context(text)
        stages = self.method.stages
        buffers = [self._record(text, "%y")]
        for number in range(self.method.buffers - 1):
            start = text.op("mul", "%distance", number)
            buffers.append(self._record(text, text.at("%scratch", start, self.real)))
        frame = text.room(f"[{len(FRAME)} x i64]")
        dt = self._narrow(text, "%dt")
        common = {"p": "%p", "k": "%k", "w": "%w", "tab": "%tab"}
        self._fill_frame(text, frame, common)
        with text.loop(0, "%count") as step:
            states = list(buffers)
            if len(stages) == 1:
                odd = text.op("srem", step, 2)
                states = [
                    text.choose("eq", odd, 0, (buffers[0], buffers[1])),
                    text.choose("eq", odd, 0, (buffers[1], buffers[0])),
                ]
            else:
                states.append(buffers[0])  # the last stage writes over the state at the start of the step
            for number, stage in enumerate(stages):
                time = self._time(text, "%t0", "%dt", step, stage)
                self._whole_stage(text, stage, number, time, states, frame, dt)
        if len(stages) == 1:
            self._copy_back(text)
        self.functions += text.finish("i32 0")

    def _whole_stage(
        self, text: Control, stage: Stage, number: int, time: str, states: list[str], frame: str, dt: str
    ) -> None:
        text.do(
            f"call void @{self.name}_prepare(double {time}, ptr %p, ptr %k, ptr %w, ptr %tab, ptr {states[number]})"
        )
        values = {"src": states[number], "dst": states[number + 1]}
        values |= {f"z{i}": states[earlier] for i, earlier in enumerate(stage.earlier)}
        self._fill_frame(text, frame, values | self._stage_values(text, stage, dt))
        self._share(text, f"{self.name}_stripe_all_{stage.combine}", frame)

    def _copy_back(self, text: Control) -> None:
        """After an odd number of steps the result is in scratch."""
        with text.when("ne", text.op("srem", "%count", 2), 0):
            self._memcpy(text, "%y", "%scratch", str(self.n_outputs * self.size))

    def _memcpy(self, text: Control, to: str, of: str, count: str) -> None:
        self.declared["memcpy"] = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
        text.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {to}, ptr {of}, i64 {count}, i1 false)")

    # Tiles ----------------------------------------------------------------------------------

    def _strip_function(self, combine: str) -> None:
        """Write the function that sweeps layers of an endless periodic strip."""
        assert self.layers is not None
        layers = self.layers
        text = Control(self.declared, self._head(f"strip_{combine}", "ptr %f, i64 %a, i64 %b"))
        if not layers.placed:
            text.do(f"call void @{self.name}_inner_{combine}(ptr %f, i64 %a, i64 %b)")
            self.functions += text.finish()
            return
        frame = text.room(f"[{len(FRAME)} x i64]")
        places = ("src", "dst", "z0", "z1", "z2")
        rooms = {word: text.room(f"[{self.records} x ptr]") for word in places}
        for turn in (-1, 0, 1):
            shift = turn * layers.count
            low, high = text.op("smax", "%a", shift), text.op("smin", "%b", shift + layers.count)
            with text.when("slt", low, high):
                for number in range(len(FRAME)):
                    text.set(text.at(frame, number), text.get(text.at("%f", number)))
                for word in places:
                    given = text.get(text.at("%f", FRAME.index(word)), "ptr")
                    for i, stride in enumerate(layers.strides):
                        base = text.get(text.at(given, i), "ptr")
                        text.set(text.at(rooms[word], i), text.at(base, shift * stride, self.real), "ptr")
                    text.set(text.at(frame, FRAME.index(word)), rooms[word], "ptr")
                low, high = text.op("sub", low, shift), text.op("sub", high, shift)
                text.do(f"call void @{self.name}_inner_{combine}(ptr {frame}, i64 {low}, i64 {high})")
        self.functions += text.finish()

    def _tiles_function(self, layers: Layers) -> None:
        """Write the function that takes every so-manieth tile through a block of steps."""
        text = Control(self.declared, self._head("tiles", "ptr %job, i64 %index, i64 %threads"))
        for number, word in enumerate(_JOB):
            kind = {"steps": "i64", "tile": "i64", "dt": self.real}.get(word, "ptr")
            text.do(f"%{word}s = getelementptr i64, ptr %job, i64 {number}")
            text.do(f"%{word} = load {kind}, ptr %{word}s")
        count, stages = self.method.buffers, len(self.method.stages)
        halo = text.op("mul", text.op("mul", "%steps", stages), layers.reach)
        depth = text.op("add", "%tile", text.op("mul", halo, 2))
        buffer = self._whole_lines(text, text.op("mul", depth, sum(layers.strides)))
        own = text.op("mul", text.op("mul", buffer, count + 1), "%index")
        room = text.at("%room", own, self.real)
        record = text.room(f"[{(count + 1) * self.records} x ptr]")
        frame = text.room(f"[{len(FRAME)} x i64]")
        common = {"p": "%p", "k": "%k", "tab": "%tab", "z0": record, "z1": record, "z2": record}
        self._fill_frame(text, frame, common)
        stride = text.op("mul", "%threads", "%tile")
        with text.loop(text.op("mul", "%index", "%tile"), layers.count, stride) as start:
            stop = text.op("smin", text.op("add", start, "%tile"), layers.count)
            low, high = text.op("sub", start, halo), text.op("add", stop, halo)
            self._tile_records(text, record, room, buffer, depth, low, layers)
            source = text.variable("%old", "ptr")
            if layers.periodic:
                self._wrapped_copy(text, record, source, low, high, layers)
            with text.loop(0, "%steps") as step:
                for number, stage in enumerate(self.method.stages):
                    self._tile_stage(text, stage, number, step, (start, stop), (record, source, frame), layers)
        self.functions += text.finish()

    def _tile_records(
        self, text: Control, record: str, room: str, buffer: str, depth: str, low: str, layers: Layers
    ) -> None:
        """Lay out the buffers of a tile so that a layer is found by its number."""
        for number in range(self.method.buffers + 1):
            base = text.at(room, text.op("mul", buffer, number), self.real)
            before = 0
            for i, stride in enumerate(layers.strides):
                first = text.op("sub", text.op("mul", depth, before), text.op("mul", low, stride))
                place = text.at(record, number * self.records + i)
                text.set(place, text.at(base, first, self.real), "ptr")
                before += stride

    def _wrapped_copy(self, text: Control, record: str, source: str, low: str, high: str, layers: Layers) -> None:
        """Where a tile needs layers beyond an end, copy all that it starts from to its last buffer."""
        own = text.at(record, self.method.buffers * self.records)
        outside = text.op("smin", low, text.op("sub", layers.count, high))
        with text.when("slt", outside, 0):
            text.set(source, own, "ptr")
            with text.loop(low, high) as layer:
                inside = text.op("srem", text.op("add", layer, layers.count), layers.count)
                for i, (stride, length) in enumerate(zip(layers.strides, layers.lengths, strict=True)):
                    to = text.at(text.get(text.at(own, i), "ptr"), text.op("mul", layer, stride), self.real)
                    of = text.at(text.get(text.at("%old", i), "ptr"), text.op("mul", inside, stride), self.real)
                    self._memcpy(text, to, of, str(length * self.size))

    def _tile_stage(
        self,
        text: Control,
        stage: Stage,
        number: int,
        step: str,
        tile: tuple[str, str],
        places: tuple[str, str, str],
        layers: Layers,
    ) -> None:
        record, source, frame = places
        stages, count = len(self.method.stages), self.method.buffers

        def buffer(which: str) -> str:
            index = text.op("srem", text.op("add", which, count), count)
            return text.at(record, text.op("mul", index, self.records))

        before = text.op("sub", step, 1)
        states = [text.choose("eq", step, 0, (text.get(source, "ptr"), buffer(before)))]
        states += [buffer(text.op("add", step, i)) for i in range(stages - 1)]
        last = text.op("sub", "%steps", 1)
        target = text.choose("eq", step, last, ("%new", buffer(step))) if number == stages - 1 else states[number + 1]
        left = text.op("mul", text.op("sub", "%steps", step), stages)
        more = text.op("mul", text.op("sub", left, number + 1), layers.reach)
        low, high = text.op("sub", tile[0], more), text.op("add", tile[1], more)
        word = "strip" if layers.periodic else "all"
        if not layers.periodic:
            low, high = text.op("smax", low, 0), text.op("smin", high, layers.count)
        uniform = text.op("mul", text.op("add", text.op("mul", step, stages), number), self.uniform_size)
        values = {"src": states[number], "dst": target, "w": text.at("%w", uniform, self.real)}
        values |= {f"z{i}": states[earlier] for i, earlier in enumerate(stage.earlier)}
        self._fill_frame(text, frame, values | self._stage_values(text, stage, "%dt"))
        text.do(f"call void @{self.name}_{word}_{stage.combine}(ptr {frame}, i64 {low}, i64 {high})")

    def _tiled_steps(self) -> None:
        """Write the function of blocks of steps in tiles: ``count`` steps, ``depth`` at a time."""
        arguments = (
            "double %t0, double %dt, i64 %count, ptr %y, ptr %p, ptr %c, ptr %scratch, i64 %distance, "
            "i64 %depth, i64 %tile"
        )
        text = Control(self.declared, self._head("tiled", arguments, internal=False))
        self._context(text)
        old, new = self._record(text, "%y"), self._record(text, "%scratch")
        uniform = text.at("%scratch", "%distance", self.real)
        kept = text.op("mul", text.op("mul", "%depth", len(self.method.stages)), self.uniform_size)
        room = text.at(uniform, self._whole_lines(text, kept), self.real)
        job = text.room(f"[{len(_JOB)} x i64]")
        narrow = self._narrow(text, "%dt")
        values = {"p": "%p", "k": "%k", "w": uniform, "tab": "%tab", "room": room}
        for word, value in values.items():
            text.set(text.at(job, _JOB.index(word)), value, "ptr")
        text.set(text.at(job, _JOB.index("tile")), "%tile")
        text.set(text.at(job, _JOB.index("dt")), narrow, self.real)
        blocks = text.variable("0")
        with text.loop(0, "%count", "%depth") as first:
            steps = text.op("smin", "%depth", text.op("sub", "%count", first))
            with text.loop(0, steps) as step:
                for number, stage in enumerate(self.method.stages):
                    time = self._time(text, "%t0", "%dt", text.op("add", first, step), stage)
                    index = text.op("add", text.op("mul", step, len(self.method.stages)), number)
                    w = text.at(uniform, text.op("mul", index, self.uniform_size), self.real)
                    arguments = f"double {time}, ptr %p, ptr %k, ptr {w}, ptr %tab, ptr {old}"
                    text.do(f"call void @{self.name}_prepare({arguments})")
            odd = text.op("srem", text.get(blocks), 2)
            text.set(text.at(job, _JOB.index("old")), text.choose("eq", odd, 0, (old, new)), "ptr")
            text.set(text.at(job, _JOB.index("new")), text.choose("eq", odd, 0, (new, old)), "ptr")
            text.set(text.at(job, _JOB.index("steps")), steps)
            self._share(text, f"{self.name}_tiles", job)
            text.set(blocks, text.op("add", text.get(blocks), 1))
        with text.when("ne", text.op("srem", text.get(blocks), 2), 0):
            self._memcpy(text, "%y", "%scratch", str(self.n_outputs * self.size))
        self.functions += text.finish("i32 0")
