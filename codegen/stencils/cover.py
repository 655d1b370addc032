"""Functions that sweep a range of layers, for whole grids, tiles and threads alike."""

from codegen.kernel import STAGE_SLOTS
from codegen.llvm_text import bound_function
from codegen.stencils.control import Control
from codegen.stencils.kernel import POOL_SLOT, tables_slot
from codegen.stencils.module import ModuleWriter, StencilModule
from codegen.stencils.plan import Plan, Segment
from codegen.stencils.pool import RUN

__all__ = ["FRAME", "CoverWriter"]

#: What sweeps need beside the range of layers; addresses and numbers, 8 bytes each.
FRAME = ("p", "k", "w", "tab", "src", "dst", "ca", "cb", "cc", "z0", "z1", "z2")
_NUMBERS = ("ca", "cb", "cc")
_LAYERS_TOGETHER = {2: 16, 3: 1}
_ALL = 1 << 62


class CoverWriter(ModuleWriter):
    """Writes kernels of many cells: the layers of the first loop are swept in stripes, one for each thread."""

    def __init__(self, plan: Plan, name: str, n_outputs: int, real: str, vector_bytes: int) -> None:
        super().__init__(plan, name, n_outputs, real, vector_bytes)
        self.dimensions = len(plan.segments[0].box)
        self.layer_count = max(segment.box[0][1] for segment in plan.segments)
        self.functions: list[str] = []
        self.choose_fixed(plan.segments)

    def kernel(self, triple: str) -> StencilModule:
        """Write the kernel of the ordinary interface, whose sweeps are shared by threads."""
        self._share_function()
        self._cover_function("all_", self.plan.segments, "", clipped=True)
        self._stripe_function("all_")
        head = f"define i32 @{self.name}(double %t0, ptr %y, ptr %p, ptr %c, ptr %out) #0 {{"
        text = Control(self.declared, head)
        text.do("%t = fptrunc double %t0 to float" if self.real == "float" else "%t = fadd double %t0, -0.0")
        self._context(text)
        self.write_records(text)
        self.prepare(text)
        self.write_zeros(text)
        frame = text.room(f"[{len(FRAME)} x i64]")
        places = {word: f"%{word}" for word in ("p", "k", "w", "tab", "src", "dst")}
        self._fill_frame(text, frame, places)
        self._share(text, f"{self.name}_stripe_all_", frame)
        self.functions += text.finish("i32 0")
        return self.finish(triple, [*self.functions, bound_function(self.name)])

    # Threads --------------------------------------------------------------------------------

    def _share_function(self) -> None:
        """Write the function that calls another one on all threads, or on this one where there is no pool."""
        text = Control(self.declared, self._head("share", "ptr %pool, ptr %function, ptr %argument"))
        number = text.put("ptrtoint ptr %pool to i64")
        with text.when("eq", number, 0):
            text.do("call void %function(ptr %argument, i64 0, i64 1)")
        with text.when("ne", number, 0):
            run = text.get(text.at("%pool", RUN), "ptr")
            text.do(f"call void {run}(ptr %pool, ptr %function, ptr %argument)")
        self.functions += text.finish()

    def _share(self, text: Control, function: str, argument: str) -> None:
        text.do(f"call void @{self.name}_share(ptr %pool, ptr @{function}, ptr {argument})")

    def _stripe_function(self, name: str) -> None:
        """Write the function that sweeps one thread's part of the layers."""
        text = Control(self.declared, self._head(f"stripe_{name}", "ptr %f, i64 %index, i64 %threads"))
        if self.dimensions == 1:
            with text.when("eq", "%index", 0):
                text.do(f"call void @{self.name}_{name}(ptr %f, i64 0, i64 {self.layer_count})")
        else:
            start = text.op("sdiv", text.op("mul", "%index", self.layer_count), "%threads")
            more = text.op("add", "%index", 1)
            stop = text.op("sdiv", text.op("mul", more, self.layer_count), "%threads")
            text.do(f"call void @{self.name}_{name}(ptr %f, i64 {start}, i64 {stop})")
        self.functions += text.finish()

    # Ranges of layers -----------------------------------------------------------------------

    def _head(self, name: str, arguments: str, internal: bool = True) -> str:
        return f"define {'internal void' if internal else 'i32'} @{self.name}_{name}({arguments}) #0 {{"

    def _prepare_function(self) -> None:
        arguments = "double %t0, ptr %p, ptr %k, ptr %w, ptr %tab, ptr %src"
        text = Control(self.declared, self._head("prepare", arguments))
        text.do("%t = fptrunc double %t0 to float" if self.real == "float" else "%t = fadd double %t0, -0.0")
        self.prepare(text)
        self.functions += text.finish()

    def _cover_function(self, name: str, segments: list[Segment], combine: str, clipped: bool) -> None:
        """Write the function that sweeps some layers: all that they hold before the next ones."""
        text = Control(self.declared, self._head(name, "ptr %f, i64 %a, i64 %b"))
        for number, word in enumerate(FRAME):
            kind = self.real if word in _NUMBERS else "ptr"
            text.do(f"%{word}s = getelementptr i64, ptr %f, i64 {number}")
            text.do(f"%{word} = load {kind}, ptr %{word}s")
        more = ""
        if combine:
            more = f", {self.real} %ca, {self.real} %cb, {self.real} %cc, ptr %z0, ptr %z1, ptr %z2"
        layers = [segment.box[0] for segment in segments]
        if self.dimensions == 1:
            for segment in segments:
                self.call(text, segment, ("", ""), "%dst", combine, more)
            self.functions += text.finish()
            return
        together = _ALL if len(set(layers)) == len(layers) else _LAYERS_TOGETHER.get(self.dimensions, 1)
        with text.loop("%a", "%b", together) as start:
            stop = text.op("smin", text.op("add", start, together), "%b")
            for segment in segments:
                low, high = start, stop
                if clipped:
                    low = text.op("smax", start, segment.box[0][0])
                    high = text.op("smin", stop, segment.box[0][1])
                with text.when("slt", low, high):
                    self.call(text, segment, (low, high), "%dst", combine, more)
        self.functions += text.finish()

    def _fill_frame(self, text: Control, frame: str, values: dict[str, str]) -> None:
        for number, word in enumerate(FRAME):
            if word in values:
                kind = self.real if word in _NUMBERS else "ptr"
                text.set(text.at(frame, number), values[word], kind)

    def _context(self, text: Control) -> None:
        for register, slot in (
            ("tab", tables_slot(self.name)),
            ("k", STAGE_SLOTS[self.name]),
            ("w", 4),
            ("pool", POOL_SLOT),
        ):
            text.do(f"%{register}s = getelementptr ptr, ptr %c, i64 {slot}")
            text.do(f"%{register} = load ptr, ptr %{register}s")
