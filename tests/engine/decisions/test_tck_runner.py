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


JAVA = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>m.dmn</modelName>
<testCase id="java"><resultNode name="java"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
<testCase id="needs java"><resultNode name="after"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
<testCase id="service" invocableName="s" type="decisionService">
<inputNode name="x"><value xsi:type="xsd:decimal">2</value></inputNode>
<resultNode name="one"><expected><value xsi:type="xsd:decimal">3</value></expected></resultNode>
<resultNode name="two"><expected><value xsi:type="xsd:decimal">4</value></expected></resultNode></testCase>
<testCase id="nowhere"><resultNode name="nobody"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
</testCases>"""


def test_cases_that_need_java_are_skipped_and_services_are_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    java = literal('function(n) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}')
    needs_x = '<informationRequirement><requiredInput href="#x"/></informationRequirement>'
    service = (
        '<decisionService id="s" name="s"><outputDecision href="#one"/><outputDecision href="#two"/></decisionService>'
    )
    parts = [
        f'<decision id="{key}" name="{key}">{needs_x}{literal(f"x + {n}")}</decision>'
        for key, n in (("one", 1), ("two", 2))
    ]
    given = '<inputData id="x" name="x"/>'
    model = dmn(
        given, *parts, service, decision("java", java), decision("after", literal("java(1)"), requires=["java"])
    )
    (tmp_path / "m.dmn").write_bytes(model)
    (tmp_path / "m-test-01.xml").write_text(JAVA, "utf-8")

    assert tck.main([str(tmp_path)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        "m-test-01: 1 passed, 1 failed",
        f"2 skipped: {tck.SKIPPED}",
        "1 passed, 1 failed",
    ]
