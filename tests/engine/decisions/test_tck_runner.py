"""The runner of the DMN Technology Compatibility Kit."""

from pathlib import Path

import pytest

from tests import tck
from tests.engine.decisions.models import decision, dmn, literal

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>m.dmn</modelName>
<testCase id="right"><inputNode name="x"><value xsi:type="xsd:decimal">2</value></inputNode>
<resultNode name="double"><expected><value xsi:type="xsd:decimal">4</value></expected></resultNode></testCase>
<testCase id="wrong"><inputNode name="x"><value xsi:type="xsd:decimal">2</value></inputNode>
<resultNode name="double"><expected><value xsi:type="xsd:decimal">5</value></expected></resultNode></testCase>
<testCase id="null"><resultNode name="broken"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
</testCases>"""


def test_the_runner_counts_what_passed_and_what_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.dmn").write_bytes(dmn(decision("double", literal("x * 2")), decision("broken", literal("1 +"))))
    (tmp_path / "m-test-01.xml").write_text(CASES, "utf-8")

    assert tck.main([str(tmp_path)]) == 1

    assert capsys.readouterr().out.splitlines() == ["m-test-01: 2 passed, 1 failed", "2 passed, 1 failed"]
